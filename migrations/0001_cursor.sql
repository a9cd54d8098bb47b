-- How far each action has written its rows, for exactly-once delivery: the cursor moves in the same
-- transaction as the rows.
CREATE TABLE sluice_cursor (
    -- The log that positions count in. Nodes that share a database have logs of their own, and a
    -- node whose data folder was lost begins a new one.
    log uuid NOT NULL,
    -- <rule id>.<action name>
    action text NOT NULL,
    lane integer NOT NULL CHECK (lane >= 0),
    -- Of the last row in that log that is written.
    position bigint NOT NULL CHECK (position >= 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (log, action, lane)
);
