import Diagnostics
import PropertyTree
import ResourceModel
import StackModel
import StackPlanning
import Testing

/// Resources that exist, and join a stack.
@Suite struct ImportTests {
  /// An emulator that holds one queue, or none.
  private func takeovers(_ live: PropertyValue?, owner: String? = nil) -> Takeovers {
    Takeovers(imports: ["Q": "found"]) { type, name, _ in
      guard type == "Fake::Queue", name == "found", let live else { return nil }
      return Takeovers.Found(properties: live, owner: owner)
    }
  }

  @Test func anImportedResourceIsTakenAsItIs() throws {
    let made = try #require(
      plan(
        [resource("Q", "Fake::Queue", ["Name": "found", "Size": 1])],
        takeovers: takeovers(["Name": "found", "Size": "1", "Kind": "k"])
      ).plan)
    #expect(made.changes.map(\.action) == [.import])
    #expect(made.isImport)
    #expect(made.changes[0].after?.identity.physicalID == "found")
    #expect(made.diagnostics == [])
    // Imported once, it is deployed like any other.
    let again = plan(
      [resource("Q", "Fake::Queue", ["Name": "found", "Size": 1])], on: applied(made))
    #expect(again.plan?.isEmpty == true)
    let changed = plan(
      [resource("Q", "Fake::Queue", ["Name": "found", "Size": 2])], on: applied(made))
    #expect(changed.plan?.changes.map(\.action) == [.update])
  }

  @Test func differencesAreSaidAndChangedNextTime() throws {
    let wanted = [resource("Q", "Fake::Queue", ["Name": "found", "Size": 2])]
    let result = plan(wanted, takeovers: takeovers(["Name": "found", "Size": 1]))
    let made = try #require(result.plan)
    #expect(result.diagnostics.map(\.code) == [.importDiffers])
    #expect(made.changes[0].after?.properties["Size"] == 1)
    let next = try #require(plan(wanted, on: applied(made)).plan)
    #expect(next.changes.map(\.action) == [.update])
    #expect(next.changes[0].properties.map(\.path) == ["Size"])
  }

  @Test func aResourceWithoutANameInTheTemplateKeepsTheOneItHas() throws {
    let made = try #require(
      plan([resource("Q")], takeovers: takeovers(["Name": "found"])).plan)
    #expect(made.changes[0].after?.identity.physicalID == "found")
    let next = try #require(
      plan([resource("Q", "Fake::Queue", ["Size": 3])], on: applied(made)).plan)
    #expect(next.changes.map(\.action) == [.update])
    #expect(next.changes[0].after?.identity.physicalID == "found")
  }

  @Test func whatCanNotBeImportedIsRefused() throws {
    let named = resource("Q", "Fake::Queue", ["Name": "found"])
    func refusal(
      _ resources: [ResolvedResource], _ takeovers: Takeovers, on state: StackState? = nil
    )
      -> [String]
    {
      let result = plan(resources, on: state, takeovers: takeovers)
      #expect(result.plan == nil)
      return result.diagnostics.map(\.message)
    }
    #expect(
      refusal([named], takeovers(nil)) == [
        "there is no `Fake::Queue` `found` to import as `Q`"
      ])
    #expect(
      refusal([named], takeovers(["Name": "found"], owner: "arn:other")) == [
        "`found` belongs to the stack arn:other already"
      ])
    #expect(
      refusal([resource("Other")], takeovers(["Name": "found"])) == [
        "the template has no resource `Q` to import"
      ])
    #expect(
      refusal([resource("Q", "Fake::Queue", ["Name": "x"])], takeovers(["Name": "found"])) == [
        "`Q` is `x` in the template, and `found` is to be imported"
      ])
    #expect(
      refusal(
        [resource("Q", "Fake::Queue", ["Name": "found", "Kind": "a"])],
        takeovers(["Name": "found", "Kind": "b"])) == [
          "`Q` can't be imported: it differs in what can't be changed, `Kind`"
        ])
    let state = try deployed([named])
    #expect(
      refusal([named], takeovers(["Name": "found"]), on: state) == [
        "the stack has a resource `Q` already"
      ])
  }
}
