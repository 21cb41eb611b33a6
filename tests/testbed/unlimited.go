package testbed

import "fmt"

// Unlimited returns the flags of a node on which one address does the work of thousands.
func Unlimited() (flags []string) {
	for _, what := range []string{"messages", "joins", "history", "typing", "reads"} {
		for _, whose := range []string{"session", "user", "address"} {
			flags = append(flags, fmt.Sprintf("--%s-per-%s=off", what, whose))
		}
	}
	return append(flags, "--connects-per-user=off", "--connects-per-address=off", "--sessions-per-user=0",
		"--sessions-per-address=0", "--sign-ins-per-session=off", "--sign-ins-per-address=off")
}
