/// The few documents that the wire layer can't make from members: errors with headers of their
/// own, and shapes with XML attributes.
enum S3XML {
  static func escape(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F {
          out += "&#\(scalar.value);"
        } else {
          out.unicodeScalars.append(scalar)
        }
      }
    }
    return out
  }

  /// An access control list with the owner's full control: the only one there is.
  static func ownerACL(_ ownerID: String) -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      + "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>"
      + "\(ownerID)</ID></Owner><AccessControlList><Grant><Grantee "
      + "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>"
      + "\(ownerID)</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>"
      + "</AccessControlList></AccessControlPolicy>"
  }
}
