CREATE TABLE clicks (
  user_id BIGINT, url STRING, price DECIMAL(10, 2), tags ARRAY<STRING>, address ROW<city STRING, zip INT>, ts TIMESTAMP(3),
  proc AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'datagen');
CREATE TABLE orders (order_id BIGINT NOT NULL, customer STRING, amount INT, placed TIMESTAMP(3), PRIMARY KEY (order_id) NOT ENFORCED)
WITH ('connector' = 'datagen', 'number-of-rows' = '10');
CREATE TABLE totals (customer STRING, total BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'json');
CREATE TABLE names (id INT NOT NULL, name STRING) WITH ('connector' = 'blackhole');
CREATE TABLE topic (id INT, name STRING) WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'localhost:9092', 'format' = 'json');
CREATE VIEW cities AS SELECT address.city AS city, user_id FROM clicks;
