-- What the sample rules write to.
CREATE TABLE readings(device text, temp float8, hum float8, at timestamptz);
