package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Command returns the tree of commands, for the reference pages.
func Command() *cobra.Command {
	return newRoot(strings.NewReader(""), io.Discard, io.Discard)
}
