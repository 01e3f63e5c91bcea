package failpoint

import "testing"

func TestReach(t *testing.T) {
	defer Arm("")
	if err := Arm("a:error:1,b:error"); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		name string
		hit  bool
	}{{"a", false}, {"b", true}, {"a", true}, {"a", false}, {"c", false}} {
		if err := Reach(c.name); (err != nil) != c.hit {
			t.Errorf("step %d: %s hit = %v", i, c.name, err != nil)
		}
	}
	for _, bad := range []string{"a", "a:burn", "a:exit:x", "a:exit:-1"} {
		if Arm(bad) == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
