package session

import (
	"context"
	"strings"
	"testing"

	"github.com/flott/flott/internal/sql/parser"
)

// Nobody who looks around sees a password.
func TestSecretsAreMasked(t *testing.T) {
	const script = `CREATE TABLE k (v STRING) WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'h:1', 'format' = 'raw',
  'properties.sasl.jaas.config' = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="hunter2";');
SET 'my.password' = 'hunter2';
SHOW CREATE TABLE k;
SET;`
	s, err := New(Options{Script: script})
	if err != nil {
		t.Fatal(err)
	}
	shown := ""
	for p := range parser.Split(script) {
		r, errs := s.Execute(context.Background(), p)
		if errs != nil {
			t.Fatal(errs[0])
		}
		for _, row := range r.Rows {
			for _, c := range row {
				shown += *c + "\n"
			}
		}
	}
	if strings.Contains(shown, "hunter2") || strings.Count(shown, "******") != 2 || !strings.Contains(shown, "'topic' = 't'") {
		t.Errorf("shown:\n%s", shown)
	}
}
