// Command embedded runs Flink SQL inside a Go program: it counts generated
// clicks a user and prints each change as it comes.
//
//	go run ./examples/embedded
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/flott/flott"
)

const script = `
CREATE TABLE clicks (user_id INT, seconds INT) WITH (
  'connector' = 'datagen', 'number-of-rows' = '12',
  'fields.user_id.min' = '1', 'fields.user_id.max' = '3',
  'fields.seconds.min' = '1', 'fields.seconds.max' = '60');

SELECT user_id, COUNT(*) AS clicks, SUM(seconds) AS seconds FROM clicks GROUP BY user_id;
`

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprint(os.Stderr, flott.Explain(err))
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	for statement, err := range flott.Run(ctx, script) {
		if err != nil {
			return err
		}
		for row, err := range statement.Rows() {
			if err != nil {
				return err
			}
			fmt.Println(row)
		}
	}
	return nil
}
