package gguf

// ReadBytes reads and checks a file in memory, for tests and fuzzing.
var ReadBytes = readBytes

// ReadHeader checks the format of a file, but not that it is a model.
var ReadHeader = readHeader

// Field returns the field that an error names, or "".
func Field(err error) string {
	if p, ok := err.(*problem); ok {
		return p.field
	}
	return ""
}
