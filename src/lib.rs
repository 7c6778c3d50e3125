//! cardex keeps hotel PMSs and CRMs telling the same truth about the same guests and stays.
