package exchange

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/types"
)

// A frame, little endian:
//
//	length u32 | kind u8 | link u64 | payload | CRC-32C u32
//
// length counts what lies between it and the CRC; the CRC is of those bytes.
// Rows, barriers, idleness and ends go from the side that dialled to the one
// that listens; grants of credit come back on the same connection.
type frameKind uint8

const (
	frameBatch   frameKind = iota + 1 // encoded batch
	frameBarrier                      // checkpoint i64, timestamp i64, flags u8
	frameIdle
	frameEnd
	frameGrant   // bytes u32
	frameLatency // sent i64, subtask u32, id of the source
)

const (
	frameHeader = 9
	// maxFrame bounds a frame: above it the other side does not speak our language.
	maxFrame = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendFrame appends a frame whose payload is written by payload.
func appendFrame(dst []byte, kind frameKind, link uint64, payload func([]byte) []byte) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, byte(kind))
	dst = binary.LittleEndian.AppendUint64(dst, link)
	if payload != nil {
		dst = payload(dst)
	}
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[at+4:], castagnoli))
}

// readFrame reads a frame. The payload belongs to the caller.
func readFrame(r *bufio.Reader) (kind frameKind, link uint64, payload []byte, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, 0, nil, err
	}
	n := int(binary.LittleEndian.Uint32(head[:]))
	if n < frameHeader || n > maxFrame {
		return 0, 0, nil, fmt.Errorf("frame of %d bytes: this is no flott task manager", n)
	}
	n += 4
	// We grow as bytes come in: a damaged length must not make us allocate.
	body := make([]byte, 0, min(n, 64<<10))
	for len(body) < n {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		part := body[len(body):min(cap(body), n)]
		if _, err := io.ReadFull(r, part); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return 0, 0, nil, err
		}
		body = body[:len(body)+len(part)]
	}
	body, sum := body[:n-4], binary.LittleEndian.Uint32(body[n-4:])
	if got := crc32.Checksum(body, castagnoli); got != sum {
		return 0, 0, nil, fmt.Errorf("frame is damaged: checksum %08x, want %08x", got, sum)
	}
	return frameKind(body[0]), binary.LittleEndian.Uint64(body[1:]), body[frameHeader:], nil
}

const (
	barrierSavepoint = 1 << iota
	barrierDrain
	barrierStop
)

func appendBarrier(dst []byte, cp element.CheckpointOptions) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(cp.ID))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(cp.Timestamp))
	var f byte
	for i, set := range []bool{cp.Savepoint, cp.Drain, cp.Stop} {
		if set {
			f |= 1 << i
		}
	}
	return append(dst, f)
}

func decodeBarrier(p []byte) (cp element.CheckpointOptions, err error) {
	if len(p) != 17 {
		return cp, fmt.Errorf("barrier of %d bytes, want 17", len(p))
	}
	f := p[16]
	return element.CheckpointOptions{
		ID:        element.CheckpointID(binary.LittleEndian.Uint64(p)),
		Timestamp: types.Instant(binary.LittleEndian.Uint64(p[8:])),
		Savepoint: f&barrierSavepoint != 0, Drain: f&barrierDrain != 0, Stop: f&barrierStop != 0,
	}, nil
}

// decodeElement reads the element of a frame that came from a writer; rows
// stay encoded until the reader's task takes them.
func decodeElement(kind frameKind, payload []byte) (item, error) {
	switch kind {
	case frameBatch:
		return item{Element: element.Element{Kind: element.Batch}, frame: payload, size: len(payload)}, nil
	case frameBarrier:
		cp, err := decodeBarrier(payload)
		return item{Element: element.Element{Kind: element.Barrier, Checkpoint: cp}}, err
	case frameIdle:
		return item{Element: element.Element{Kind: element.Idle}}, nil
	case frameEnd:
		return item{Element: element.Element{Kind: element.End}}, nil
	case frameLatency:
		if len(payload) < 12 {
			return item{}, fmt.Errorf("latency marker of %d bytes, want at least 12", len(payload))
		}
		return item{Element: element.Element{Kind: element.Latency, Marker: &element.LatencyMarker{
			Sent: types.Instant(binary.LittleEndian.Uint64(payload)), Subtask: int(binary.LittleEndian.Uint32(payload[8:])), Source: string(payload[12:]),
		}}}, nil
	}
	return item{}, fmt.Errorf("frame of unknown kind %d", kind)
}

// connection carries the frames of many links. What is to be sent queues in
// out; credits bound how much that is.
type connection struct {
	n      *Network
	socket net.Conn
	broken atomic.Bool

	mu      sync.Mutex
	ready   sync.Cond
	out     []byte
	err     error
	remotes map[uint64]*remote  // links that we write
	links   map[uint64]struct{} // links that we read
}

// connection starts a connection's goroutines; n.mu is held.
func (n *Network) connection(s net.Conn) *connection {
	c := &connection{n: n, socket: s, remotes: map[uint64]*remote{}, links: map[uint64]struct{}{}}
	c.ready.L = &c.mu
	n.group.Add(2)
	go func() {
		defer n.group.Done()
		c.close(c.readLoop())
	}()
	go func() {
		defer n.group.Done()
		c.close(c.writeLoop())
	}()
	return c
}

func (c *connection) dead() bool { return c.broken.Load() }

func (c *connection) output(id uint64, credit int) *remote {
	r := &remote{c: c, id: id, limit: credit, credit: credit}
	c.mu.Lock()
	c.remotes[id] = r
	c.mu.Unlock()
	return r
}

func (c *connection) release(id uint64) {
	c.mu.Lock()
	delete(c.remotes, id)
	c.mu.Unlock()
}

// send queues an element and returns the bytes of credit that it takes.
func (c *connection) send(link uint64, e element.Element) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0
	}
	before := len(c.out)
	size := 0
	switch e.Kind {
	case element.Batch:
		c.out = appendFrame(c.out, frameBatch, link, func(b []byte) []byte { return AppendBatch(b, e.Rows) })
		size = len(c.out) - before - 4 - frameHeader - 4
	case element.Barrier:
		c.out = appendFrame(c.out, frameBarrier, link, func(b []byte) []byte { return appendBarrier(b, e.Checkpoint) })
	case element.Idle:
		c.out = appendFrame(c.out, frameIdle, link, nil)
	case element.End:
		c.out = appendFrame(c.out, frameEnd, link, nil)
	case element.Latency:
		c.out = appendFrame(c.out, frameLatency, link, func(b []byte) []byte {
			b = binary.LittleEndian.AppendUint64(b, uint64(e.Marker.Sent))
			b = binary.LittleEndian.AppendUint32(b, uint32(e.Marker.Subtask))
			return append(b, e.Marker.Source...)
		})
	}
	c.ready.Signal()
	return size
}

func (c *connection) grant(link uint64, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.out = appendFrame(c.out, frameGrant, link, func(b []byte) []byte { return binary.LittleEndian.AppendUint32(b, uint32(bytes)) })
		c.ready.Signal()
	}
}

// writeLoop sends what is queued; while it is writing, the next frames gather.
func (c *connection) writeLoop() error {
	var writing []byte
	for {
		c.mu.Lock()
		for len(c.out) == 0 && c.err == nil {
			c.ready.Wait()
		}
		if c.err != nil {
			c.mu.Unlock()
			return c.err
		}
		writing, c.out = c.out, writing[:0]
		c.mu.Unlock()
		if _, err := c.socket.Write(writing); err != nil {
			return err
		}
	}
}

func (c *connection) readLoop() error {
	r := bufio.NewReaderSize(c.socket, 64<<10)
	for {
		kind, id, payload, err := readFrame(r)
		if err != nil {
			return err
		}
		if kind == frameGrant {
			if len(payload) != 4 {
				return fmt.Errorf("grant of %d bytes, want 4", len(payload))
			}
			c.mu.Lock()
			rem := c.remotes[id]
			c.mu.Unlock()
			if rem != nil {
				rem.grant(int(binary.LittleEndian.Uint32(payload)))
			}
			continue
		}
		it, err := decodeElement(kind, payload)
		if err != nil {
			return err
		}
		c.mu.Lock()
		_, known := c.links[id]
		c.links[id] = struct{}{}
		c.mu.Unlock()
		l := c.n.arrived(id, !known)
		if l == nil {
			continue // its task is over
		}
		if !known {
			l.mu.Lock()
			l.taken = func(bytes int) { c.grant(id, bytes) }
			l.mu.Unlock()
		}
		l.push(it)
	}
}

// close ends the connection once; its links fail with err.
func (c *connection) close(err error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = err
	c.broken.Store(true)
	remotes := make([]*remote, 0, len(c.remotes))
	for _, r := range c.remotes {
		remotes = append(remotes, r)
	}
	links := make([]uint64, 0, len(c.links))
	for id := range c.links {
		links = append(links, id)
	}
	c.ready.Signal()
	c.mu.Unlock()
	c.socket.Close()
	if errors.Is(err, ErrClosed) {
		return // the network fails its links itself
	}
	err = fmt.Errorf("connection to a task manager broke: %w", err)
	for _, l := range c.n.forget(c, links) {
		l.fail(err)
	}
	for _, r := range remotes {
		r.kick()
	}
}
