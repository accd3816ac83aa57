package eval

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"

	"viscoder/bench/tasks"
	"viscoder/internal/fault"
)

// Builtin stands for our own tasks in the place of a file; a file of that name is
// ./builtin.
const Builtin = "builtin"

// builtin are our own tasks in the form in which they could lie in a file.
func builtin() ([]byte, error) {
	all, err := tasks.All()
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "our own tasks")
	}
	var text bytes.Buffer
	if err := tasks.WriteJSONL(&text, all); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "our own tasks")
	}
	return text.Bytes(), nil
}

func readBuiltin(ctx context.Context) ([]record, error) {
	text, err := builtin()
	if err != nil {
		return nil, err
	}
	return readJSONL(ctx, Builtin, bytes.NewReader(text))
}

// BuiltinSHA256 names the state of our own tasks.
func BuiltinSHA256() (string, error) {
	text, err := builtin()
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}
