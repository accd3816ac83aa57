package snapshot

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/zstd"
)

// A file is a header, whose checksum stands at its end, and a zstd frame, which
// has a checksum of its own (RFC 8878, section 3.1.1):
//
//	magic "VCKV", version u32
//	model, layout, KV type: each a u32 length and bytes
//	number of tokens u32, tokens i32
//	length of the state u64, of the frame u64
//	CRC-32C of all this
//	the frame: the state with the low and the high bytes of its f16 apart
//
// All numbers are little-endian.
const (
	magic   = "VCKV"
	version = 1
)

// Bounds on what a header may claim, so that a damaged file asks for no memory.
const (
	maxString = 1 << 10
	maxTokens = 1 << 20
	maxState  = 1 << 36
)

// minWindow is the least memory that a zstd decoder works with.
const minWindow = 1 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrDamaged is a file that is none of ours, of another version, or not as it was
// written.
var ErrDamaged = errors.New("the snapshot is damaged or of another version")

// header is all of a file but the state.
type header struct {
	key    Key
	tokens []Token
	state  uint64 // bytes
	frame  uint64 // bytes
	size   int    // of the header itself
}

func (h header) bytes() []byte {
	out := append([]byte(magic), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(out[4:], version)
	for _, s := range []string{h.key.Model, h.key.Layout, h.key.KVType} {
		out = append(binary.LittleEndian.AppendUint32(out, uint32(len(s))), s...)
	}
	out = binary.LittleEndian.AppendUint32(out, uint32(len(h.tokens)))
	for _, t := range h.tokens {
		out = binary.LittleEndian.AppendUint32(out, uint32(t))
	}
	out = binary.LittleEndian.AppendUint64(out, h.state)
	out = binary.LittleEndian.AppendUint64(out, h.frame)
	return binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, castagnoli))
}

// Write writes a snapshot.
func Write(w io.Writer, s Snapshot) error {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(true))
	if err != nil {
		return err
	}
	defer encoder.Close()
	frame := encoder.EncodeAll(apart(s.State), nil)
	h := header{key: s.Key, tokens: s.Tokens, state: uint64(len(s.State)), frame: uint64(len(frame))}
	if _, err := w.Write(h.bytes()); err != nil {
		return err
	}
	_, err = w.Write(frame)
	return err
}

// reader reads the fields of a header; the first error sticks.
type reader struct {
	r    io.Reader
	read bytes.Buffer
	err  error
}

func (r *reader) take(n int) []byte {
	buf := make([]byte, n)
	if r.err == nil {
		_, r.err = io.ReadFull(r.r, buf)
		r.read.Write(buf)
	}
	return buf
}

func (r *reader) u32(limit uint32) uint32 {
	n := binary.LittleEndian.Uint32(r.take(4))
	if r.err == nil && n > limit {
		r.err = fmt.Errorf("a length of %d", n)
	}
	if r.err != nil {
		return 0
	}
	return n
}

func (r *reader) text() string { return string(r.take(int(r.u32(maxString)))) }

func readHeader(in io.Reader) (header, error) {
	r := reader{r: in}
	if string(r.take(4)) != magic || r.u32(version) != version {
		return header{}, ErrDamaged
	}
	h := header{key: Key{Model: r.text(), Layout: r.text(), KVType: r.text()}}
	tokens := r.take(4 * int(r.u32(maxTokens)))
	for i := 0; i < len(tokens); i += 4 {
		h.tokens = append(h.tokens, Token(binary.LittleEndian.Uint32(tokens[i:])))
	}
	h.state = binary.LittleEndian.Uint64(r.take(8))
	h.frame = binary.LittleEndian.Uint64(r.take(8))
	sum := crc32.Checksum(r.read.Bytes(), castagnoli)
	if binary.LittleEndian.Uint32(r.take(4)) != sum || r.err != nil || h.state > maxState || h.frame > maxState {
		return header{}, ErrDamaged
	}
	h.size = r.read.Len()
	return h, nil
}

// Read reads a snapshot of which size bytes are there; anything but a whole one
// is ErrDamaged.
func Read(in io.Reader, size int64) (Snapshot, error) {
	h, err := readHeader(in)
	if err != nil || int64(h.size)+int64(h.frame) != size {
		return Snapshot{}, ErrDamaged
	}
	frame := make([]byte, h.frame)
	if _, err := io.ReadFull(in, frame); err != nil {
		return Snapshot{}, ErrDamaged
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(max(h.state, minWindow)))
	if err != nil {
		return Snapshot{}, err
	}
	defer decoder.Close()
	state, err := decoder.DecodeAll(frame, nil)
	if err != nil || uint64(len(state)) != h.state {
		return Snapshot{}, ErrDamaged
	}
	return Snapshot{Key: h.key, Tokens: h.tokens, State: together(state)}, nil
}

// apart puts the even bytes before the odd ones: the exponents of f16 compress
// well by themselves, the mantissas not at all.
func apart(state []byte) []byte {
	half := (len(state) + 1) / 2
	out := make([]byte, len(state))
	for i := range len(state) / 2 {
		out[i], out[half+i] = state[2*i], state[2*i+1]
	}
	if len(state)%2 == 1 {
		out[half-1] = state[len(state)-1]
	}
	return out
}

// together undoes apart.
func together(split []byte) []byte {
	half := (len(split) + 1) / 2
	out := make([]byte, len(split))
	for i := range len(split) / 2 {
		out[2*i], out[2*i+1] = split[i], split[half+i]
	}
	if len(split)%2 == 1 {
		out[len(split)-1] = split[half-1]
	}
	return out
}
