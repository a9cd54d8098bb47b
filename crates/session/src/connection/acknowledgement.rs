//! How acknowledgements become packets. It does not know when they leave.

use sluice_mqtt::{AckType, Packet, Properties, ReasonCodes, SubAck, UnsubAck};

use super::Acknowledgement;
use crate::Link;

impl Acknowledgement {
    pub(super) fn send(&self, link: &mut Link) {
        let properties = Properties::EMPTY;
        match self {
            Self::ConnAck(encoded) => link.send_encoded(encoded),
            Self::PubAck(packet_id, reason) => {
                link.acknowledge(AckType::PubAck, *packet_id, *reason)
            }
            Self::PubRec(packet_id, reason) => {
                link.acknowledge(AckType::PubRec, *packet_id, *reason)
            }
            Self::PubRel(packet_id, reason) => {
                link.acknowledge(AckType::PubRel, *packet_id, *reason);
            }
            Self::PubComp(packet_id, reason) => {
                link.acknowledge(AckType::PubComp, *packet_id, *reason);
            }
            Self::PingResp => link.send(&Packet::PingResp),
            Self::SubAck(packet_id, reasons) => {
                let reasons = ReasonCodes::from(&**reasons);
                link.send(&Packet::SubAck(SubAck { packet_id: *packet_id, reasons, properties }));
            }
            Self::UnsubAck(packet_id, reasons) => {
                let reasons = ReasonCodes::from(&**reasons);
                link.send(&Packet::UnsubAck(UnsubAck {
                    packet_id: *packet_id,
                    reasons,
                    properties,
                }));
            }
        }
    }
}
