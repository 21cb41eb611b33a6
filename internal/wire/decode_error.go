package wire

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decodeError puts what the JSON library found into words that name the field.
func decodeError(err error) error {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &semantic):
		field := fieldName(semantic.JSONPointer)
		switch {
		case errors.Is(err, json.ErrUnknownName):
			return BadRequest(field, "unknown field")
		case semantic.JSONKind != 0 && semantic.GoType != nil:
			return BadRequest(field, fmt.Sprintf("a JSON %s does not fit here", kindName(semantic.JSONKind)))
		}
		return BadRequest(field, "can't be read")
	case errors.As(err, &syntactic):
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return BadRequest(fieldName(syntactic.JSONPointer), "doubled field")
		}
		return BadRequest(fieldName(syntactic.JSONPointer), "is not valid JSON: one object on a line")
	}
	return BadRequest(fieldOfNoMember, "is not valid JSON: one object on a line")
}

// fieldName turns a pointer into "send.text". Hostile names must not make it long.
func fieldName(p jsontext.Pointer) string {
	const deepest = 4 // the protocol's own fields are three deep
	var names []string
	for token := range p.Tokens() {
		if len(names) == deepest {
			names = append(names, "…")
			break
		}
		names = append(names, shorten(token))
	}
	if len(names) == 0 {
		return fieldOfNoMember
	}
	return strings.Join(names, ".")
}

func shorten(s string) string {
	const limit = 40
	for i := range s {
		if i >= limit {
			return s[:i] + "…"
		}
	}
	return s
}

func kindName(k jsontext.Kind) string {
	switch k {
	case jsontext.KindString:
		return "string"
	case jsontext.KindNumber:
		return "number"
	case jsontext.KindBeginObject:
		return "object"
	case jsontext.KindBeginArray:
		return "array"
	case jsontext.KindNull:
		return "null"
	}
	return "boolean"
}
