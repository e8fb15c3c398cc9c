import TemplateParsing

enum TemplateFixture {
  /// A template that is known to parse.
  static func parse(_ text: String) -> Template {
    TemplateParser.parse(Array(text.utf8), file: "template.yaml").template
      ?? Template(file: "template.yaml")
  }
}
