package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flott/flott/internal/diag"
)

func newExplainError(out io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:     "explain-error CODE",
		Short:   "Say what an error code means and what helps",
		Long:    "Says what the word in the brackets of an error means and what usually helps.",
		Example: "  flott explain-error sink-cannot-update",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			// The whole head of a message may be pasted: error[code]: …
			code := args[0]
			if _, rest, ok := strings.Cut(code, "["); ok {
				code, _, _ = strings.Cut(rest, "]")
			}
			names := make([]string, len(diag.Codes))
			for i, c := range diag.Codes {
				names[i] = c.Name
			}
			i := slices.Index(names, code)
			if i < 0 {
				hint := ""
				if near := diag.Nearest(code, names); near != "" {
					hint = fmt.Sprintf("; did you mean %q?", near)
				}
				return fmt.Errorf("there is no error code %q%s", code, hint)
			}
			c := diag.Codes[i]
			_, err := fmt.Fprintf(out, "%s\n\n%s\n%s\n", c.Name, c.Meaning, c.Fix)
			return err
		},
	}
}
