-- The auction house of the Nexmark benchmark, 10000 events a second.
SET 'execution.checkpointing.interval' = '2 s';
SET 'table.exec.state.ttl' = '10 min';

CREATE TABLE nexmark (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, `dateTime` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING>,
  `dateTime` AS CASE event_type WHEN 0 THEN person.`dateTime` WHEN 1 THEN auction.`dateTime` ELSE bid.`dateTime` END,
  WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '1' SECOND
) WITH ('connector' = 'nexmark', 'first-event.rate' = '10000', 'rate.limited' = 'true');

CREATE VIEW bids AS SELECT bid.auction, bid.bidder, bid.price, bid.channel, `dateTime` FROM nexmark WHERE event_type = 2;
CREATE VIEW auctions AS SELECT auction.id, auction.itemName, auction.seller, auction.category, `dateTime` FROM nexmark WHERE event_type = 1;
CREATE VIEW persons AS SELECT person.id, person.name, person.city, person.state, `dateTime` FROM nexmark WHERE event_type = 0;

CREATE TABLE bids_by_channel (channel STRING, window_end TIMESTAMP(3), n BIGINT, highest BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE sellers (name STRING, city STRING, state STRING, auction BIGINT) WITH ('connector' = 'blackhole');

-- What is bid through each channel, every two seconds over the last ten.
SET 'pipeline.name' = 'demo: bids by channel';
INSERT INTO bids_by_channel
SELECT channel, window_end, COUNT(*), MAX(price)
FROM TABLE(HOP(TABLE bids, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
GROUP BY channel, window_start, window_end;

-- Who sells what.
SET 'pipeline.name' = 'demo: who sells what';
INSERT INTO sellers
SELECT p.name, p.city, p.state, a.id FROM auctions AS a JOIN persons AS p ON a.seller = p.id WHERE a.category = 10;

-- The ten hottest auctions.
SET 'pipeline.name' = 'demo: ten hottest auctions';
SELECT place, auction, bids, highest FROM (
  SELECT auction, bids, highest, ROW_NUMBER() OVER (ORDER BY bids DESC) AS place FROM (
    SELECT auction, COUNT(*) AS bids, MAX(price) AS highest FROM bids GROUP BY auction))
WHERE place <= 10;
