import AWSModel
import ServiceKit

/// Lists of things that nothing here makes: clients ask for them before they delete a user or an
/// account's things, and are told that there are none.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html
extension IAMService {
  var absentOperations: [Operation] {
    [
      absent("ListMFADevices", as: MFADevices.self),
      absent("ListSSHPublicKeys", as: SSHPublicKeys.self),
      absent("ListSigningCertificates", as: SigningCertificates.self),
      .typed("ListServiceSpecificCredentials") { (input: CredentialsInput, context) in
        if input.AllUsers != true {
          let _: IAMUser = try self.find(try self.userName(input.UserName, context), context)
        }
        return ServiceSpecificCredentials()
      },
      .typed("ListVirtualMFADevices") { (_: VirtualDevicesInput, _) in VirtualDevices() },
      .typed("ListServerCertificates") { (_: PathPageInput, _) in ServerCertificates() },
      .typed("ListSAMLProviders") { (_: EmptyOutput, _) in SAMLProviders() },
    ]
  }

  /// A list of things of one user, who must be there.
  private func absent<Output: EmptyList>(_ name: String, as output: Output.Type) -> Operation {
    .typed(name) { (input: ListAccessKeysInput, context) in
      let _: IAMUser = try self.find(try self.userName(input.UserName, context), context)
      return Output()
    }
  }

  protocol EmptyList: Codable, Sendable { init() }

  struct MFADevices: EmptyList {
    var MFADevices: [String] = []
    var IsTruncated = false
  }

  struct SSHPublicKeys: EmptyList {
    var SSHPublicKeys: [String] = []
    var IsTruncated = false
  }

  struct SigningCertificates: EmptyList {
    var Certificates: [String] = []
    var IsTruncated = false
  }

  struct CredentialsInput: Codable, Sendable {
    var UserName: String?
    var ServiceName: String?
    var AllUsers: Bool?
    var Marker: String?
    var MaxItems: Int?
  }

  struct ServiceSpecificCredentials: Codable, Sendable {
    var ServiceSpecificCredentials: [String] = []
    var IsTruncated = false
  }

  struct VirtualDevicesInput: Codable, Sendable {
    var AssignmentStatus: String?
    var Marker: String?
    var MaxItems: Int?
  }

  struct VirtualDevices: Codable, Sendable {
    var VirtualMFADevices: [String] = []
    var IsTruncated = false
  }

  struct ServerCertificates: Codable, Sendable {
    var ServerCertificateMetadataList: [String] = []
    var IsTruncated = false
  }

  struct SAMLProviders: Codable, Sendable { var SAMLProviderList: [String] = [] }
}
