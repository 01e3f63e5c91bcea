package exchange

import (
	"fmt"
	"net"
	"sync"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/vector"
)

// DefaultCredit is how many bytes wait on a link at the most: four buffers of
// 64 KB, enough that neither side waits for the other's next turn.
const DefaultCredit = 256 << 10

// Network is the data plane of one task manager: its links and, once Listen
// was called, its connections to others. It is safe for concurrent use.
type Network struct {
	credit int

	mu       sync.Mutex
	links    map[uint64]*Link
	outgoing map[string]*connection // by address
	incoming map[*connection]struct{}
	listener net.Listener
	closed   bool
	group    sync.WaitGroup
}

// NewNetwork returns a data plane whose links hold credit bytes; 0 = DefaultCredit.
func NewNetwork(credit int) *Network {
	if credit <= 0 {
		credit = DefaultCredit
	}
	return &Network{credit: credit, links: map[uint64]*Link{}, outgoing: map[string]*connection{}, incoming: map[*connection]struct{}{}}
}

// Output is the writing end of a link.
type Output struct{ t target }

// Input returns the reading end of link id, made at the first call of Input,
// Output or a frame from elsewhere.
func (n *Network) Input(id uint64) *Link {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.link(id)
}

func (n *Network) link(id uint64) *Link {
	l := n.links[id]
	if l == nil {
		l = newLink(n.credit)
		if n.closed {
			l.fail(ErrClosed)
		}
		n.links[id] = l
	}
	return l
}

// arrived returns the link of a frame, nil if it was released. The first frame
// may come before the reading task does.
func (n *Network) arrived(id uint64, first bool) *Link {
	n.mu.Lock()
	defer n.mu.Unlock()
	if first {
		return n.link(id)
	}
	return n.links[id]
}

// forget removes a broken connection and returns the links that it fed.
func (n *Network) forget(c *connection, ids []uint64) (links []*Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.incoming, c)
	for _, id := range ids {
		if l := n.links[id]; l != nil {
			links = append(links, l)
		}
	}
	return links
}

// Output returns the writing end of link id, whose reader is at address; "" is
// here.
func (n *Network) Output(id uint64, address string) (Output, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if address == "" {
		return Output{n.link(id)}, nil
	}
	c := n.outgoing[address]
	if c == nil || c.dead() {
		s, err := net.Dial("tcp", address)
		if err != nil {
			return Output{}, fmt.Errorf("connect to task manager: %w", err)
		}
		c = n.connection(s)
		n.outgoing[address] = c
	}
	return Output{c.output(id, n.credit)}, nil
}

// Listen accepts connections of other task managers on address (host:port).
func (n *Network) Listen(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen for task managers: %w", err)
	}
	n.mu.Lock()
	n.listener = l
	n.mu.Unlock()
	n.group.Add(1)
	go func() {
		defer n.group.Done()
		for {
			s, err := l.Accept()
			if err != nil {
				return // closed
			}
			n.mu.Lock()
			if n.closed {
				s.Close()
			} else {
				n.incoming[n.connection(s)] = struct{}{}
			}
			n.mu.Unlock()
		}
	}()
	return nil
}

// Address is where Listen listens, "" if it was not called.
func (n *Network) Address() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listener == nil {
		return ""
	}
	return n.listener.Addr().String()
}

// Release forgets links whose tasks are over.
func (n *Network) Release(ids []uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, id := range ids {
		if l := n.links[id]; l != nil {
			delete(n.links, id)
			l.fail(ErrClosed)
		}
		for _, c := range n.outgoing {
			c.release(id)
		}
	}
}

// Close ends all links and connections and waits for their goroutines.
func (n *Network) Close() {
	n.mu.Lock()
	n.closed = true
	if n.listener != nil {
		n.listener.Close()
	}
	for _, l := range n.links {
		l.fail(ErrClosed)
	}
	for _, c := range n.outgoing {
		c.close(ErrClosed)
	}
	for c := range n.incoming {
		c.close(ErrClosed)
	}
	n.mu.Unlock()
	n.group.Wait()
}

// remote is the near end of a link whose reader is at the other end of a
// connection.
type remote struct {
	c  *connection
	id uint64

	limit   int // credit of the beginning
	mu      sync.Mutex
	credit  int
	starved bool
	wake    func()
}

func (r *remote) setWriter(wake func()) {
	r.mu.Lock()
	r.wake = wake
	r.mu.Unlock()
}

// room is true on a dead connection: the reading task fails and the job master
// ends this one as well.
func (r *remote) room() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.credit > 0 || r.c.dead() {
		return true
	}
	r.starved = true
	return false
}

// put encodes the rows, so the writer has its buffer back at once.
func (r *remote) put(e element.Element, _ int) *vector.Batch {
	size := r.c.send(r.id, e) // as encoded, which is what the reader gives back
	r.mu.Lock()
	r.credit -= size
	r.mu.Unlock()
	if e.Rows != nil {
		e.Rows.Reset()
	}
	return e.Rows
}

// queued counts what the reading side has not taken yet.
func (r *remote) queued() Queue {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Queue{Bytes: max(r.limit-r.credit, 0), Credit: r.limit}
}

func (r *remote) grant(bytes int) {
	r.mu.Lock()
	r.credit += bytes
	var wake func()
	if r.starved && r.credit > 0 {
		r.starved = false
		wake = r.wake
	}
	r.mu.Unlock()
	if wake != nil {
		wake()
	}
}

// kick wakes the writer of a broken connection so that it does not wait for
// credit.
func (r *remote) kick() {
	r.mu.Lock()
	wake := r.wake
	r.mu.Unlock()
	if wake != nil {
		wake()
	}
}
