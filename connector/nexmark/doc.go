// Package nexmark is the generator of the Nexmark benchmark: persons, auctions
// and bids of an auction house, with the proportions, hot items and sizes of the
// public generator and its option names.
//
// The columns of a table are any of
//
//	event_type INT                             0 person, 1 auction, 2 bid
//	person     ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, `dateTime` TIMESTAMP(3), extra STRING>
//	auction    ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>
//	bid        ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING>
//
// and of an event's three rows one is not NULL. Unlike in the public generator,
// whose random choices have no seed, event i is always the same: all but its
// time follows from its number, and the time from the number, the rate and the
// base time. So a job can be replayed, and readers share the events out by number.
package nexmark
