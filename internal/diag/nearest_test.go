package diag

import "testing"

func TestNearest(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []string
		want string
	}{
		{"usr_id", []string{"url", "user_id", "ts"}, "user_id"},
		{"kafak", []string{"kafka", "print"}, "kafka"},
		{"UPER", []string{"UPPER", "LOWER"}, "UPPER"},
		{"ID", []string{"id"}, "id"},
		{"a", []string{"b", "c"}, ""},
		{"ab", []string{"ac"}, ""},
		{"clicks", []string{"orders"}, ""},
		{"", []string{"x"}, ""},
	} {
		if got := Nearest(c.name, c.in); got != c.want {
			t.Errorf("Nearest(%q, %v) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}
