package tinymodel

import "viscoder/gguf"

// Template is the chat template in the file: ChatML, with a default system
// turn, as the Qwen2.5 family has it.
const Template = `{%- if messages[0]['role'] != 'system' -%}{{ '<|im_start|>system\nYou draw charts.<|im_end|>\n' }}{%- endif -%}` +
	`{%- for m in messages -%}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{%- endfor -%}` +
	`{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}`

type entry struct {
	key   string
	value any
}

func metadata(o Options, v vocabulary) (gguf.Metadata, error) {
	var meta gguf.Metadata
	for _, e := range append(hyperparameters(o), v.entries()...) {
		if err := meta.Set(e.key, e.value); err != nil {
			return meta, err
		}
	}
	return meta, nil
}

func hyperparameters(o Options) []entry {
	return []entry{
		{"general.architecture", "qwen2"},
		{"general.type", "model"},
		{"general.name", "viscoder tiny test model"},
		{"general.license", "cc0-1.0"},
		{"qwen2.block_count", uint32(o.Layers)},
		{"qwen2.context_length", uint32(o.ContextLength)},
		{"qwen2.embedding_length", uint32(o.Width)},
		{"qwen2.feed_forward_length", uint32(o.FFN)},
		{"qwen2.attention.head_count", uint32(o.Heads)},
		{"qwen2.attention.head_count_kv", uint32(o.KVHeads)},
		{"qwen2.attention.layer_norm_rms_epsilon", float32(1e-6)},
		{"qwen2.rope.freq_base", float32(1e6)},
		{"general.file_type", fileType(o.Type)},
	}
}

// fileType is llama.cpp's number for "mostly of this type" (enum llama_ftype).
func fileType(t gguf.Type) uint32 {
	switch t {
	case gguf.F16:
		return 1
	case gguf.Q8_0:
		return 7
	}
	return 0
}

func (v vocabulary) entries() []entry {
	return []entry{
		{"tokenizer.ggml.model", "gpt2"},
		{"tokenizer.ggml.pre", "qwen2"},
		{"tokenizer.ggml.tokens", v.tokens},
		{"tokenizer.ggml.token_type", v.types},
		{"tokenizer.ggml.merges", v.merges},
		{"tokenizer.ggml.eos_token_id", v.id("<|im_end|>")},
		{"tokenizer.ggml.padding_token_id", v.id("<|endoftext|>")},
		{"tokenizer.ggml.bos_token_id", v.id("<|endoftext|>")},
		{"tokenizer.ggml.add_bos_token", false},
		{"tokenizer.chat_template", Template},
	}
}
