package config

import "github.com/flott/flott/option"

// The keys of the server and its doors.
var (
	RestAddress     = option.Option{Key: "rest.address", Kind: option.String, Default: "127.0.0.1", Help: "Where the server listens, unless rest.bind-address is set; where clients look for it."}
	RestPort        = option.Option{Key: "rest.port", Kind: option.Int, Default: "8081", Help: "Port of REST, SQL gateway and page; where clients look for it."}
	RestBindAddress = option.Option{Key: "rest.bind-address", Kind: option.String, Help: "Address that the server listens at; 0.0.0.0 = all: set flott.rest.auth.token then."}
	RestBindPort    = option.Option{Key: "rest.bind-port", Kind: option.String, Help: "Port, range (8081-8090) or list of ports, of which the server takes the first that is free; default: rest.port."}
	SessionIdle     = option.Option{Key: "sql-gateway.session.idle-timeout", Kind: option.Duration, Default: "10 min", Help: "After so long without a call a session is closed; 0 = never."}
	SessionMax      = option.Option{Key: "sql-gateway.session.max-num", Kind: option.Int, Default: "1000000", Help: "Sessions that may be open at a time."}
	JobsKept        = option.Option{Key: "jobstore.max-capacity", Kind: option.Int, Default: "100", Help: "Jobs that are over and still shown. (Flink: any number.)"}
	RestOrigin      = option.Option{Key: "web.access-control-allow-origin", Kind: option.String, Help: "Other site whose pages may use the server. (Flink: *.)"}

	AuthToken         = option.Option{Key: "flott.rest.auth.token", Kind: option.String, Secret: true, Help: "Bearer token that may do everything. Without tokens and users everybody may."}
	AuthReadOnlyToken = option.Option{Key: "flott.rest.auth.read-only-token", Kind: option.String, Secret: true, Help: "Bearer token that may look, but not change anything."}
	AuthUsers         = option.Option{Key: "flott.rest.auth.users", Kind: option.String, Secret: true, Help: "NAME:PASSWORD of those who may do everything, several with ;."}
	AuthReadOnlyUsers = option.Option{Key: "flott.rest.auth.read-only-users", Kind: option.String, Secret: true, Help: "NAME:PASSWORD of those who may look, several with ;."}
	SSLEnabled        = option.Option{Key: "security.ssl.rest.enabled", Kind: option.Bool, Default: "false", Help: "Speak TLS; a certificate switches it on as well."}
	SSLAuthentication = option.Option{Key: "security.ssl.rest.authentication-enabled", Kind: option.Bool, Default: "false", Help: "Clients show certificates; flott.tls.client-ca switches it on as well."}
	TLSCert           = option.Option{Key: "flott.tls.cert", Kind: option.String, Help: "PEM file of the server's certificate; read again when it changes."}
	TLSKey            = option.Option{Key: "flott.tls.key", Kind: option.String, Help: "PEM file of its key."}
	TLSClientCA       = option.Option{Key: "flott.tls.client-ca", Kind: option.String, Help: "PEM file of the authorities that sign clients' certificates; without one from them nobody gets in."}

	RecoveryPath = option.Option{Key: "execution.state-recovery.path", Kind: option.String, Help: "Savepoint or checkpoint that a job begins with."}
)
