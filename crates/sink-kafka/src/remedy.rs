//! What helps when Kafka refuses. It does not know rows.

use rdkafka::error::RDKafkaErrorCode as Code;
use sluice_sink::Remedy;

/// What a row decides by itself; what is fixed is the action's, and a person mends it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DecidedByRow {
    pub(crate) topic: bool,
    pub(crate) partition: bool,
}

/// What helps one record that was refused with `code`.
pub(crate) fn remedy(code: Code, by_row: DecidedByRow) -> Remedy {
    if is_of_record(code) {
        return Remedy::Poison;
    }
    if is_of_topic(code) {
        return if by_row.topic { Remedy::Poison } else { Remedy::Halt };
    }
    if is_of_partition(code) {
        let by_row = by_row.topic || by_row.partition;
        return if by_row { Remedy::Poison } else { Remedy::Halt };
    }
    if is_of_settings(code) { Remedy::Halt } else { Remedy::Retry }
}

/// Whether the code may be meant for another record: brokers judge what the client has put together
/// as a whole.
pub(crate) const fn may_mean_another(code: Code) -> bool {
    is_of_record(code) || matches!(code, Code::InvalidDifferentRecord)
}

/// Whether the code says that the login or its rights are wrong.
pub(crate) const fn is_login(code: Code) -> bool {
    matches!(
        code,
        Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::UnsupportedSASLMechanism
            | Code::IllegalSASLState
            | Code::ClusterAuthorizationFailed
    )
}

const fn is_of_record(code: Code) -> bool {
    matches!(
        code,
        Code::MessageSizeTooLarge
            | Code::MessageBatchTooLarge
            | Code::InvalidMessageSize
            | Code::InvalidMessage
            | Code::InvalidRecord
            | Code::InvalidTimestamp
            | Code::BadMessage
    )
}

const fn is_of_topic(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownTopic
            | Code::InvalidTopic
            | Code::TopicAuthorizationFailed
            | Code::PolicyViolation
    )
}

const fn is_of_partition(code: Code) -> bool {
    matches!(code, Code::UnknownPartition | Code::UnknownTopicOrPartition)
}

const fn is_of_settings(code: Code) -> bool {
    is_login(code)
        || matches!(
            code,
            Code::TransactionalIdAuthorizationFailed
                | Code::SecurityDisabled
                | Code::UnsupportedVersion
                | Code::UnsupportedFeature
                | Code::UnsupportedForMessageFormat
                | Code::UnsupportedCompressionType
                | Code::InvalidRequiredAcks
                | Code::InvalidConfig
                | Code::InvalidArgument
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_row_decides_concerns_that_row_alone() {
        let fixed = DecidedByRow { topic: false, partition: false };
        let topic = DecidedByRow { topic: true, partition: false };
        let partition = DecidedByRow { topic: false, partition: true };
        for (code, by_row, expected) in [
            (Code::MessageTimedOut, fixed, Remedy::Retry),
            (Code::BrokerTransportFailure, fixed, Remedy::Retry),
            (Code::QueueFull, fixed, Remedy::Retry),
            (Code::LeaderNotAvailable, topic, Remedy::Retry),
            (Code::NotEnoughReplicas, fixed, Remedy::Retry),
            (Code::PurgeQueue, fixed, Remedy::Retry),
            (Code::Fatal, fixed, Remedy::Retry),
            (Code::InvalidDifferentRecord, fixed, Remedy::Retry),
            (Code::MessageSizeTooLarge, fixed, Remedy::Poison),
            (Code::InvalidTimestamp, fixed, Remedy::Poison),
            (Code::UnknownTopic, fixed, Remedy::Halt),
            (Code::UnknownTopic, partition, Remedy::Halt),
            (Code::UnknownTopic, topic, Remedy::Poison),
            (Code::TopicAuthorizationFailed, fixed, Remedy::Halt),
            (Code::UnknownPartition, fixed, Remedy::Halt),
            (Code::UnknownPartition, partition, Remedy::Poison),
            (Code::SaslAuthenticationFailed, topic, Remedy::Halt),
        ] {
            assert_eq!(remedy(code, by_row), expected, "{code:?} {by_row:?}");
        }
    }
}
