//! Capture and delivery between two systems that misbehave on demand, judged by the systems' own books.

mod clearance;
mod manners;
mod travel;
