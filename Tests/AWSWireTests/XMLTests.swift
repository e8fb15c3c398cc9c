import AWSWire
import PropertyTree
import Testing

@Suite struct XMLTests {
  @Test(arguments: [
    ("<A/>", #""""#),
    ("<?xml version=\"1.0\"?>\n<!-- c --><A>x &lt;&#65;&#x42;&amp;</A>\n", #""x <AB&""#),
    ("<A xmlns='urn:x'><B> k </B><B>2</B><C/></A>", #"{"B":[" k ","2"],"C":""}"#),
    ("<A><![CDATA[<&]]></A>", #""<&""#),
    (
      "<A xmlns:xsi=\"u\"><G xsi:type=\"User\"><ID>1</ID></G></A>",
      #"{"G":{"@xsi:type":"User","ID":"1"}}"#
    ),
    ("<p:A><p:B>1</p:B></p:A>", #"{"B":"1"}"#),
  ]) func reads(_ text: String, _ expected: String) throws {
    let (root, value) = try XMLReader.read(Array(text.utf8))
    #expect(root == "A")
    #expect(JSONWriter.compact(value) == expected)
  }

  @Test(arguments: [
    "", "text", "<A>", "<A></B>", "<A/><B/>", "<!DOCTYPE a []><A/>",
    "<!DOCTYPE a [<!ENTITY x \"y\">]><A>&x;</A>", "<A>&unknown;</A>", "<A>&#xD800;</A>",
    "<A b=c/>", "<A><!ENTITY></A>", "<A>x<B/></A>",
    String(repeating: "<A>", count: 100) + String(repeating: "</A>", count: 100),
  ]) func refuses(_ text: String) {
    #expect(throws: XMLReader.Failure.self) { try XMLReader.read(Array(text.utf8)) }
  }

  /// Every prefix of a document is damaged, and none may crash the reader.
  @Test func everyPrefixIsAFailure() throws {
    let text = Array(
      "<?xml version='1.0'?><A b='1'><!-- c --><B>&amp;<![CDATA[x]]></B></A>".utf8)
    _ = try XMLReader.read(text)
    for count in 0..<text.count {
      #expect(throws: XMLReader.Failure.self) { try XMLReader.read(Array(text.prefix(count))) }
    }
  }
}
