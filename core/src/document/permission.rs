//! Who may touch what: role × kind × field group, as one table.
//!
//! The relay judges every change against it at receipt. What the table refuses
//! goes to quarantine; what merely breaks a business rule is merged and flagged.
//!
//! **Invariant**: default deny. Only the relay itself touches [`Group::Relay`].

use super::schema::Group;
use crate::model::{Kind, Role, Roles};

/// What a role may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// Never.
    No,
    /// Only on a document that is assigned to the author.
    Assigned,
    /// Always.
    Yes,
}

/// The best of what `roles` allow for this group of this kind.
///
/// ```
/// use ronde_core::document::{permission::{Grant, granted}, schema::Group};
/// use ronde_core::model::{Kind, Role};
///
/// let technician = [Role::Technician].into_iter().collect();
/// assert_eq!(granted(&technician, Kind::WorkOrder, Group::Work), Grant::Yes);
/// assert_eq!(granted(&technician, Kind::WorkOrder, Group::Decide), Grant::No);
/// ```
pub fn granted(roles: &Roles, kind: Kind, group: Group) -> Grant {
    roles
        .iter()
        .map(|role| grant(role, kind, group))
        .max()
        .unwrap_or(Grant::No)
}

#[expect(
    clippy::match_same_arms,
    reason = "one line per role and kind reads as the table it is"
)]
const fn grant(role: Role, kind: Kind, group: Group) -> Grant {
    use Grant::{Assigned, No, Yes};
    use Group::{Describe, Post, Relay, Schedule, Work};
    use Kind::{
        Alert, Checklist, Equipment, Execution, Part, Person, Plan, PlanExecution, Site,
        StockMovement, WorkOrder,
    };
    match (role, kind, group) {
        (_, _, Relay) | (Role::Reader, _, _) => No,

        (Role::Admin, Site | Person, _) => Yes,
        (Role::Admin | Role::Supervisor, _, _) if !matches!(kind, Site | Person) => Yes,

        (Role::Planner, WorkOrder | Plan | PlanExecution | Checklist | Equipment, _) => Yes,
        (Role::Planner, Execution, Describe | Work) => Yes,
        (Role::Planner, Part, Describe | Schedule) => Yes,
        (Role::Planner, Alert, Work) => Yes,

        (Role::Technician, WorkOrder, Describe | Schedule | Work) => Yes,
        (Role::Technician, Execution, Describe | Work) => Yes,
        (Role::Technician, PlanExecution, Describe | Work) => Yes,
        (Role::Technician, Equipment, Work) => Yes,
        (Role::Technician, StockMovement, Post) => Yes,
        (Role::Technician, Alert, Work) => Yes,

        (Role::Storekeeper, Part, _) => Yes,
        (Role::Storekeeper, StockMovement, _) => Yes,
        (Role::Storekeeper, WorkOrder, Describe) => Yes,
        (Role::Storekeeper, Alert, Work) => Yes,

        (Role::Requester, WorkOrder, Describe) => Yes,

        (Role::Contractor, WorkOrder, Describe | Work) => Assigned,
        (Role::Contractor, Execution, Describe | Work) => Yes,
        (Role::Contractor, PlanExecution, Describe | Work) => Yes,
        (Role::Contractor, StockMovement, Post) => Yes,

        _ => No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table, written a second time by hand as one letter per group
    /// in the order of `Group::ALL` (Describe Schedule Work Decide Post Relay):
    /// a change of rights must be made twice.
    #[test]
    fn every_role_kind_and_group_is_as_written_here() {
        let rows = [
            (
                Role::Technician,
                [
                    "-----", "-----", "--y--", "-----", "y-y--", "-----", "y-y--", "yyy--",
                    "-----", "----y", "--y--",
                ],
            ),
            (
                Role::Supervisor,
                [
                    "-----", "-----", "yyyyy", "yyyyy", "yyyyy", "yyyyy", "yyyyy", "yyyyy",
                    "yyyyy", "yyyyy", "yyyyy",
                ],
            ),
            (
                Role::Planner,
                [
                    "-----", "-----", "yyyyy", "yyyyy", "yyyyy", "yyyyy", "y-y--", "yyyyy",
                    "yy---", "-----", "--y--",
                ],
            ),
            (
                Role::Storekeeper,
                [
                    "-----", "-----", "-----", "-----", "-----", "-----", "-----", "y----",
                    "yyyyy", "yyyyy", "--y--",
                ],
            ),
            (
                Role::Requester,
                [
                    "-----", "-----", "-----", "-----", "-----", "-----", "-----", "y----",
                    "-----", "-----", "-----",
                ],
            ),
            (
                Role::Contractor,
                [
                    "-----", "-----", "-----", "-----", "y-y--", "-----", "y-y--", "a-a--",
                    "-----", "----y", "-----",
                ],
            ),
            (Role::Reader, ["-----"; 11]),
            (Role::Admin, ["yyyyy"; 11]),
        ];
        for (role, kinds) in rows {
            for (kind, groups) in Kind::ALL.into_iter().zip(kinds) {
                for (group, letter) in Group::ALL.into_iter().zip(groups.chars().chain(['-'])) {
                    let expected = match letter {
                        'y' => Grant::Yes,
                        'a' => Grant::Assigned,
                        _ => Grant::No,
                    };
                    let roles = [role].into_iter().collect();
                    assert_eq!(
                        granted(&roles, kind, group),
                        expected,
                        "{role:?} {kind:?} {group:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn nobody_without_a_role_may_do_anything() {
        for kind in Kind::ALL {
            for group in Group::ALL {
                assert_eq!(granted(&Roles::default(), kind, group), Grant::No);
            }
        }
    }
}
