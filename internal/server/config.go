package server

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/realclientip/realclientip-go"

	"chorus/internal/api"
	"chorus/internal/auth"
	"chorus/internal/bus"
	"chorus/internal/hub"
	"chorus/internal/limit"
	"chorus/internal/memory"
	"chorus/internal/session"
	"chorus/internal/webhook"
)

// Config is all there is to set. The tags are read by kong: each field is a flag, and an
// environment variable of the same name with CHORUS_ before it. Each package owns its part.
type Config struct {
	Addr            string        `help:"Address to listen on." default:":8080"`
	Redis           string        `help:"URL of the Redis that connects the nodes, such as redis://user:password@host:6379/0, redis-sentinel://host:26379/0?master_name=main or redis-cluster://host:6379. Without it the node stands alone and keeps everything in memory." placeholder:"URL"`
	Node            string        `help:"This node's name. By default the host's name and a random part." placeholder:"NAME"`
	Origins         []string      `help:"Origins of pages that may connect, such as https://chat.example.com. By default only this service's own." placeholder:"ORIGIN"`
	TrustedProxies  []string      `help:"Addresses or CIDR ranges of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; \"private\" for all private ranges." placeholder:"CIDR"`
	ShutdownTimeout time.Duration `help:"Time for all to end when the node stops, after the drain delay; then what is left is cut." default:"10s"`
	Web             string        `help:"Directory to serve the browser client from, as it is there at each moment, instead of the one that is built in: for those who work on it." placeholder:"DIR"`
	DrainDelay      time.Duration `help:"Time that a stopping node is unready before it sends its sessions elsewhere: as long as a load balancer needs to notice." default:"0s"`

	Memory memory.Size `help:"What the node may have in memory, such as 512MiB or 512m. 32MiB of it are for the program: when half of the rest is in use nobody more is taken in, and what waits for slow readers has at most a quarter. By default what its container may have." placeholder:"SIZE"`

	Auth    auth.Options    `embed:"" group:"Who somebody is, and may do:"`
	API     api.Options     `embed:"" group:"Other programs:"`
	Webhook webhook.Options `embed:"" prefix:"webhook-" group:"Other programs:"`
	Bus     bus.Options     `embed:"" group:"Limits:"`
	Hub     hub.Options     `embed:"" group:"Limits:"`
	Session session.Options `embed:"" group:"Limits:"`
	Limit   limit.Options   `embed:"" group:"How much each may do on a node:"`
}

// Validate names the field that can't be used.
func (c *Config) Validate() error {
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("addr: %w", err)
	}
	if len(c.Node) > 100 || strings.ContainsFunc(c.Node, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("node: must be at most 100 visible ASCII characters")
	}
	for _, o := range c.Origins {
		if !isOrigin(o) {
			return fmt.Errorf("origins: %q is not an origin as browsers send it, such as https://chat.example.com or http://localhost:3000", o)
		}
	}
	if _, err := proxyRanges(c.TrustedProxies); err != nil {
		return fmt.Errorf("trusted-proxies: %w", err)
	}
	if c.ShutdownTimeout < 0 {
		return errors.New("shutdown-timeout: must not be negative")
	}
	if c.DrainDelay < 0 {
		return errors.New("drain-delay: must not be negative")
	}
	if err := memory.Validate(int64(c.Memory)); err != nil {
		return fmt.Errorf("memory: %w", err)
	}
	return cmp.Or(c.Auth.Validate(), c.API.Validate(), c.Webhook.Validate(), c.Bus.Validate(), c.Hub.Validate(), c.Session.Validate(), c.Limit.Validate())
}

// isOrigin reports whether a browser could send it: in lower case, without a path, without the
// scheme's own port. There are no wildcards.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != s || s != strings.ToLower(s) || strings.Contains(s, "*") {
		return false
	}
	return !(u.Scheme == "https" && u.Port() == "443") && !(u.Scheme == "http" && u.Port() == "80")
}

func proxyRanges(proxies []string) ([]net.IPNet, error) {
	var ranges []string
	for _, p := range proxies {
		if p == "private" {
			ranges = append(ranges, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1/128")
			continue
		}
		ranges = append(ranges, p)
	}
	return realclientip.AddressesAndRangesToIPNets(ranges...)
}
