mod atomic;
mod checklists;
mod fixture;
mod lives;
mod orders;
mod plans;
mod plant;
mod stock;
