-- Files to files in batch mode: what each country bought, from CSV to JSON.
--
-- Run it from the repository's folder. The output is the folder revenue below the
-- present one; it appears when the job is done.
SET 'execution.runtime-mode' = 'batch';

CREATE TABLE orders (
  order_id INT,
  country STRING,
  quantity INT,
  price DECIMAL(10, 2)
) WITH (
  'connector' = 'filesystem',
  'path' = 'examples/files/orders',
  'format' = 'csv'
);

CREATE TABLE revenue (
  country STRING,
  orders BIGINT,
  total DECIMAL(20, 2)
) WITH (
  'connector' = 'filesystem',
  'path' = 'revenue',
  'format' = 'json'
);

INSERT INTO revenue
SELECT country, COUNT(*), CAST(SUM(quantity * price) AS DECIMAL(20, 2))
FROM orders
GROUP BY country;
