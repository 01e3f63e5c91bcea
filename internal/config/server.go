package config

import "github.com/flott/flott/option"

// The keys of the server and its doors.
var (
	RestAddress     = option.Option{Key: "rest.address", Kind: option.String, Default: "127.0.0.1", Help: "Where the server listens, unless rest.bind-address is set; where clients look for it."}
	RestPort        = option.Option{Key: "rest.port", Kind: option.Int, Default: "8081", Help: "Port of REST, SQL gateway and page; where clients look for it."}
	RestBindAddress = option.Option{Key: "rest.bind-address", Kind: option.String, Help: "Address that the server listens at; 0.0.0.0 = all, which needs flott.rest.auth."}
	RestBindPort    = option.Option{Key: "rest.bind-port", Kind: option.String, Help: "Port, range (8081-8090) or list of ports, of which the server takes the first that is free; default: rest.port."}
	SessionIdle     = option.Option{Key: "sql-gateway.session.idle-timeout", Kind: option.Duration, Default: "10 min", Help: "After so long without a call a session is closed; 0 = never."}
	SessionMax      = option.Option{Key: "sql-gateway.session.max-num", Kind: option.Int, Default: "1000000", Help: "Sessions that may be open at a time."}
	RecoveryPath    = option.Option{Key: "execution.state-recovery.path", Kind: option.String, Help: "Savepoint or checkpoint that a job begins with."}
)
