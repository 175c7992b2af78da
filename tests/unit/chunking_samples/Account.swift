import Foundation

/// A bank account.
public class Account: Identifiable {
    let id: UUID
    private(set) var balance: Decimal = 0

    init(id: UUID) {
        self.id = id
    }

    deinit {
        print("closed")
    }

    /// Puts money into the account.
    @discardableResult
    public func deposit(_ amount: Decimal, note: String? = nil) throws -> Decimal {
        guard amount > 0 else { throw AccountError.negative }
        balance += amount // never negative
        return balance
    }

    var isEmpty: Bool {
        return balance == 0
    }

    static func shared() -> Account { Account(id: UUID()) }
}

enum AccountError: Error {
    case negative
}

struct Money {
    var cents: Int
    func formatted() -> String { String(format: "%d", cents) }
}

protocol Ledger {
    func record(_ money: Money)
}

extension String {
    func trimmed() -> String {
        trimmingCharacters(in: .whitespaces)
    }
}

func transfer(from: Account, to: Account) {
    to.deposit(from.balance)
}
