//! The wire, byte by byte: points of the specification that brokers get wrong, one test or row
//! each. It knows bytes, never the codec.
//!
//! | point | tests |
//! | --- | --- |
//! | redelivery within the new Receive Maximum, in the original order | `session::redelivery_stays_within_the_new_receive_maximum` |
//! | what exceeds Maximum Packet Size frees its place in the window | `window::a_message_too_large_for_the_client_frees_its_place` |
//! | a PUBREC with a code of 0x80 and more ends the exchange | `window::a_refusing_pubrec_frees_its_place` |
//! | a repeated QoS 2 PUBLISH is answered and delivered once | `window::a_repeated_qos_2_publish_is_delivered_once` |
//! | any DISCONNECT code but 0x00 publishes the will | `will::*` |
//! | Clean Start 1 publishes the delayed will of the session it discards | `will::discarding_a_session_publishes_its_delayed_will` |
//! | bodies and flags where none belong | `malformed::*` |
//! | Authentication Data without Method | `connect::properties_of_connect_are_checked` |
//! | PUBREL for an unknown packet identifier | `window::a_pubrel_for_nothing_is_answered_with_0x92` |
//! | the window is exactly the Receive Maximum, QoS 2 until PUBCOMP | `window::the_window_is_exactly_the_receive_maximum`, `window::qos_2_holds_its_place_until_pubcomp` |
//! | DUP, same identifiers, same order; QoS 2 receive state survives | `session::*` |
//! | takeover sends 0x8E | `session::a_takeover_tells_the_old_connection` |
//! | the will never waits beyond the session | `will::a_will_does_not_outwait_its_session` |
//! | packets of a server, bytes too many, properties cut, twice or misplaced | `malformed::*`, `connect::*` |
//! | zero where zero is forbidden, booleans other than 0 and 1 | `connect::properties_of_connect_are_checked` |
//! | wildcards in will and response topic, bad share names | `connect::a_will_topic_is_a_name`, `malformed::*`, `subscription::bad_shared_filters_are_refused` |
//! | 3.1.1: password without user name, unknown protocol level | `connect::*` |
//! | topic alias over the maximum, inbound Receive Maximum exceeded | `malformed::*`, `window::more_publishes_than_the_server_takes_end_with_0x93` |
//! | UNSUBACK 0x11, names that begin with `$` | `subscription::*` |
//! | cut packets end the connection, never the process | `malformed::*` |
//! | offline order, no 5.0 format for a 3.1.1 client | `session::offline_messages_keep_their_order`, `session::a_3_1_1_client_gets_its_own_format` |
//! | UTF-8 | `connect::text_in_connect_is_checked`, `malformed::text_is_checked` |

mod connect;
mod malformed;
mod session;
mod subscription;
mod will;
mod window;
