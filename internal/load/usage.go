package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	psnet "github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"
)

// Usage is what processes have used at a moment, all together.
type Usage struct {
	CPU time.Duration
	RSS uint64 // bytes
}

// processes are those of the service's nodes on this machine.
type processes []*server

// server is one of them.
type server struct {
	process *process.Process
	last    atomic.Pointer[Usage] // that could be read; nil until then
}

// kill ends the process.
func (s *server) kill() error { return s.process.Kill() }

// findProcesses returns the processes with ids, or those who listen on the addresses, if these are of this
// machine.
func findProcesses(pids []int32, urls []string) (found processes, err error) {
	if len(pids) == 0 {
		pids = listeners(urls)
	}
	for _, pid := range pids {
		p, err := process.NewProcess(pid)
		if err != nil {
			return nil, fmt.Errorf("--server-pid: %d: %w", pid, err)
		}
		found = append(found, &server{process: p})
	}
	return found, nil
}

// listeners returns the processes that listen on the ports of addresses on this machine. Where that can't
// be known there are none.
func listeners(urls []string) (pids []int32) {
	sockets, _ := psnet.Connections("tcp")
	for _, s := range sockets {
		here := slices.ContainsFunc(urls, func(address string) bool { return localPort(address) == s.Laddr.Port })
		if s.Status == "LISTEN" && here && s.Pid > 0 && !slices.Contains(pids, s.Pid) {
			pids = append(pids, s.Pid)
		}
	}
	return pids
}

// checkListens refuses a process that is not known to listen on the port of an address on this machine.
func checkListens(pid int32, address string) error {
	there := listeners([]string{address})
	if slices.Contains(there, pid) {
		return nil
	}
	who := "nobody on this machine who is known"
	if len(there) > 0 {
		who = fmt.Sprintf("process %d", there[0])
	}
	return fmt.Errorf("--kill: process %d, the first --server-pid, is not killed: it does not listen at %s, the first --url; there listens %s",
		pid, address, who)
}

// localPort returns the port of an address of localhost, 0 for others.
func localPort(address string) uint32 {
	u, err := url.Parse(address)
	if err != nil {
		return 0
	}
	if ip, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
		return 0
	}
	byScheme := map[string]string{"ws": "80", "wss": "443"}
	port, _ := strconv.ParseUint(cmp.Or(u.Port(), byScheme[u.Scheme]), 10, 16)
	return uint32(port)
}

// usage returns what the processes have used until now.
func (p processes) usage() (sum Usage, err error) {
	for _, one := range p {
		u, err := one.usage()
		if err != nil {
			return Usage{}, fmt.Errorf("the server's process: %w", err)
		}
		sum.CPU += u.CPU
		sum.RSS += u.RSS
	}
	return sum, nil
}

// usage returns what the process has used. Of one that has ended, what it had used counts, and its memory is
// gone.
func (s *server) usage() (Usage, error) {
	u, err := s.read()
	if err == nil {
		s.last.Store(&u)
	} else if last := s.last.Load(); last != nil {
		return Usage{CPU: last.CPU}, nil
	}
	return u, err
}

func (s *server) read() (Usage, error) {
	cpu, err := cpuOf(s.process)
	if err != nil {
		return Usage{}, err
	}
	memory, err := s.process.MemoryInfo()
	if err != nil {
		return Usage{}, err
	}
	return Usage{cpu, memory.RSS}, nil
}

// cpuOf returns what a process has used until now.
func cpuOf(p *process.Process) (time.Duration, error) {
	if cpu, exact := exactCPU(p.Pid); exact {
		return cpu, nil
	}
	times, err := p.Times()
	if err != nil {
		return 0, err
	}
	return time.Duration((times.User + times.System) * float64(time.Second)), nil
}

// ownCPU returns what this process has used.
func ownCPU() time.Duration {
	cpu, _ := cpuOf(&process.Process{Pid: int32(os.Getpid())})
	return cpu
}

func init() { logging.Disable() } // of the Redis client: what it says there it also returns

// RedisUsage is what a Redis has used until a moment.
type RedisUsage struct {
	CPU      time.Duration
	Commands int64
	Reads    int64  // of ranges of streams, which is how logs are read on
	Memory   uint64 // bytes
	Kept     int64  // bytes of them that are not what waits for clients, replicas and the file
	Run      string // changes when it is started anew, and counts from 0
}

// since returns what was used from an earlier moment on, and nothing where there is no such thing, as the Redis was not
// the same any more. Memory is what there is.
func (u RedisUsage) since(from RedisUsage) RedisUsage {
	if u.Run != from.Run {
		return RedisUsage{}
	}
	return RedisUsage{u.CPU - from.CPU, u.Commands - from.Commands, u.Reads - from.Reads, u.Memory, u.Kept - from.Kept, u.Run}
}

// redisUsage asks a Redis.
func redisUsage(ctx context.Context, client *redis.Client) (RedisUsage, error) {
	text, err := client.InfoMap(ctx, "server", "cpu", "stats", "commandstats", "memory").Result()
	if err != nil {
		return RedisUsage{}, fmt.Errorf("--redis: %w", err)
	}
	seconds := func(section, key string) time.Duration {
		f, _ := strconv.ParseFloat(text[section][key], 64)
		return time.Duration(f * float64(time.Second))
	}
	bytes := func(key string) uint64 {
		n, _ := strconv.ParseUint(text["Memory"][key], 10, 64)
		return n
	}
	commands, _ := strconv.ParseInt(text["Stats"]["total_commands_processed"], 10, 64)
	memory := bytes("used_memory")
	waiting := bytes("mem_clients_normal") + bytes("mem_aof_buffer") + bytes("mem_total_replication_buffers")
	xrange, _, _ := strings.Cut(strings.TrimPrefix(text["Commandstats"]["cmdstat_xrange"], "calls="), ",")
	reads, _ := strconv.ParseInt(xrange, 10, 64)
	return RedisUsage{seconds("CPU", "used_cpu_sys") + seconds("CPU", "used_cpu_user"), commands, reads, memory,
		int64(memory) - int64(waiting), text["Server"]["run_id"]}, nil
}

// openRedis returns a client for an address, nil for none.
func openRedis(address string) (*redis.Client, error) {
	options, err := redisOptions(address)
	if options == nil || err != nil {
		return nil, err
	}
	return redis.NewClient(options), nil
}

// redisOptions reads an address, host:port or a redis:// URL, and returns nil for none. The error does not show it,
// as there may be a password in it.
func redisOptions(address string) (*redis.Options, error) {
	if address == "" {
		return nil, nil
	}
	o := &redis.Options{Addr: address}
	if strings.Contains(address, "://") {
		var err error
		if o, err = redis.ParseURL(address); err != nil {
			return nil, errors.New("--redis: this is not a redis:// or rediss:// URL, as redis://localhost:6379/0")
		}
	} else if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, errors.New("--redis: this is neither host:port, as localhost:6379, nor a redis:// URL")
	}
	o.Password = cmp.Or(o.Password, os.Getenv("REDIS_PASSWORD"))
	return o, nil
}
