import ArgumentParser

struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version.")

  @Flag(help: "Print JSON instead of text.")
  var json = false

  func run() {
    Terminal.live().line(json ? "{\"version\":\"\(Version.text)\"}" : "leat \(Version.text)")
  }
}

struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion", abstract: "Print a completion script for your shell.",
    discussion: """
      EXAMPLES
        leat completion bash > /etc/bash_completion.d/leat
        leat completion zsh > ~/.zsh/completions/_leat
        leat completion fish > ~/.config/fish/completions/leat.fish
      """)

  @Argument(help: "bash, zsh or fish.", completion: .list(["bash", "zsh", "fish"]))
  var shell: String

  func validate() throws {
    guard CompletionShell(rawValue: shell) != nil else {
      throw ValidationError(
        "`\(shell)` is not a shell that completion is made for: bash, zsh, fish.")
    }
  }

  func run() {
    guard let shell = CompletionShell(rawValue: shell) else { return }
    Terminal.live().line(LeatCommand.completionScript(for: shell))
  }
}
