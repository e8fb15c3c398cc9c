/// libyaml's words in the reader's own, with what to do.
enum SyntaxProblem {
  static func explain(_ problem: String) -> (message: String, hint: String?) {
    switch problem {
    case "mapping values are not allowed in this context":
      return (
        "a `key: value` pair can't stand here",
        "put text that contains `: ` in quotes, or check the indentation"
      )
    case "found character that cannot start any token":
      return (
        "no value can start with this character",
        "indent with spaces, never tabs; put text that starts with `@`, `%` or a backquote in quotes"
      )
    case "did not find expected key":
      return (
        "expected a key here", "check the indentation: keys of one object start in one column"
      )
    case "did not find expected '-' indicator":
      return ("expected `-` here", "the entries of one list start in one column")
    case "could not find expected ':'":
      return ("expected `:` after the key", nil)
    case "found unexpected end of stream":
      return ("the text ends inside a quoted value", "close the quote")
    case "did not find expected ',' or '}'":
      return ("expected `,` or `}`", nil)
    case "did not find expected ',' or ']'":
      return ("expected `,` or `]`", nil)
    case "found unknown escape character":
      return (
        "unknown escape in a double-quoted text",
        "write a backslash as `\\\\`, or use single quotes, where it has no meaning"
      )
    default: return (problem, nil)
    }
  }
}
