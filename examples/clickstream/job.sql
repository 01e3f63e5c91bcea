-- Clicks per page and minute, by the time at which they were made.
--
-- Topics: clicks (input), clicks-per-minute (output).
-- A click may arrive up to five seconds late. A minute's counts come out once,
-- when all partitions have passed its end by five seconds.
CREATE TABLE clicks (
  user_id BIGINT,
  page STRING,
  ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'topic' = 'clicks',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE clicks_per_minute (
  minute_start TIMESTAMP(3),
  page STRING,
  clicks BIGINT,
  users BIGINT
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'topic' = 'clicks-per-minute',
  'format' = 'json'
);

INSERT INTO clicks_per_minute
SELECT window_start, page, COUNT(*), COUNT(DISTINCT user_id)
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, page;
