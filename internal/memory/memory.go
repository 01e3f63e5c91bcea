package memory

// Reservation is a share of the managed memory that somebody holds.
type Reservation struct{}
