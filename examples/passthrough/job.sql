-- Kafka to Kafka: drops health checks, keeps everything else, exactly once.
--
-- Topics: requests (input), requests-clean (output).
-- A consumer that reads with isolation.level=read_committed sees each record once,
-- also when this job is killed and started again.
SET 'execution.checkpointing.interval' = '1 s';

CREATE TABLE requests (
  id BIGINT,
  path STRING,
  status INT
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'topic' = 'requests',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE clean (
  id BIGINT,
  path STRING,
  status INT
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'topic' = 'requests-clean',
  'format' = 'json',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'passthrough',
  'properties.transaction.timeout.ms' = '600000'
);

INSERT INTO clean
SELECT id, path, status FROM requests WHERE path NOT LIKE '/health%';
