import PropertyTree
import StackPlanning
import Testing

/// A live resource against its template.
@Suite struct DriftTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var desired: PropertyValue
    var live: PropertyValue
    var paths: [String]
  }

  static let cases: [Case] = [
    Case(testDescription: "same", desired: ["Size": 1], live: ["Size": 1], paths: []),
    Case(testDescription: "number and text", desired: ["Size": "1"], live: ["Size": 1], paths: []),
    Case(testDescription: "other value", desired: ["Size": 1], live: ["Size": 2], paths: ["Size"]),
    Case(testDescription: "gone", desired: ["Size": 1], live: [:], paths: ["Size"]),
    Case(
      testDescription: "what the template does not say", desired: [:],
      live: ["Size": 1, "Mode": "on"], paths: []),
    Case(testDescription: "null is unsaid", desired: ["Size": .null], live: ["Size": 2], paths: []),
    Case(
      testDescription: "inside an object", desired: ["Network": ["Port": 1]],
      live: ["Network": ["Port": 2, "Subnet": "a"]], paths: ["Network.Port"]),
    Case(
      testDescription: "write-only", desired: ["Code": ["ZipFile": "x"], "Secret": "s"],
      live: [:], paths: []),
    Case(
      testDescription: "write-only member", desired: ["Login": ["User": "a", "Password": "p"]],
      live: ["Login": ["User": "b"]], paths: ["Login.User"]),
    Case(
      testDescription: "order of tags",
      desired: ["Tags": [["Key": "b", "Value": "2"], ["Key": "a", "Value": "1"]]],
      live: ["Tags": [["Key": "a", "Value": "1"], ["Key": "b", "Value": "2"]]], paths: []),
    Case(
      testDescription: "a tag more", desired: ["Tags": [["Key": "a", "Value": "1"]]],
      live: ["Tags": [["Key": "a", "Value": "1"], ["Key": "b", "Value": "2"]]], paths: ["Tags"]),
    Case(
      testDescription: "another tag", desired: ["Tags": [["Key": "a", "Value": "1"]]],
      live: ["Tags": [["Key": "a", "Value": "2"]]], paths: ["Tags[0].Value"]),
    Case(
      testDescription: "order of a list", desired: ["Roles": ["a", "b"]],
      live: ["Roles": ["b", "a"]], paths: ["Roles[0]", "Roles[1]"]),
    Case(
      testDescription: "policy spelling",
      desired: ["Policy": ["Statement": ["Effect": "Allow", "Action": "s3:*", "Resource": "*"]]],
      live: [
        "Policy": ["Statement": [["Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]]]]
      ],
      paths: []),
    Case(
      testDescription: "document as text",
      desired: ["Policy": #"{"Statement": [{"Effect": "Deny", "Action": "s3:*"}]}"#],
      live: ["Policy": ["Statement": [["Effect": "Allow", "Action": ["s3:*"]]]]],
      paths: ["Policy.Statement[0].Effect"]),
  ]

  @Test(arguments: cases) func differencesAreWhereTheLiveOneIsNotAsTheTemplateSays(_ entry: Case) {
    let found = Drift.differences(
      desired: entry.desired, live: entry.live, writeOnly: ["Code", "Secret", "Login.Password"])
    #expect(found.map(\.path.description) == entry.paths)
  }
}
