-- Orders with their payments, when those come within the same hour.
--
-- Topics: orders, payments (input), paid-orders (output).
CREATE TABLE orders (
  order_id BIGINT,
  customer STRING,
  amount DECIMAL(10, 2),
  ordered_at TIMESTAMP(3),
  WATERMARK FOR ordered_at AS ordered_at - INTERVAL '10' SECOND
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'topic' = 'orders',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE payments (
  payment_id BIGINT,
  order_id BIGINT,
  paid DECIMAL(10, 2),
  paid_at TIMESTAMP(3),
  WATERMARK FOR paid_at AS paid_at - INTERVAL '10' SECOND
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'topic' = 'payments',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE paid_orders (
  order_id BIGINT,
  customer STRING,
  amount DECIMAL(10, 2),
  open_amount DECIMAL(10, 2)
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'topic' = 'paid-orders',
  'format' = 'json',
  'json.encode.decimal-as-plain-number' = 'true'
);

INSERT INTO paid_orders
SELECT o.order_id, o.customer, o.amount, CAST(o.amount - p.paid AS DECIMAL(10, 2))
FROM (
  SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ordered_at), INTERVAL '1' HOUR))
) AS o
JOIN (
  SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(paid_at), INTERVAL '1' HOUR))
) AS p
ON o.order_id = p.order_id AND o.window_start = p.window_start AND o.window_end = p.window_end;
