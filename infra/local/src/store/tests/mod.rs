//! What only the inside can show: full disks, and how requests share commits.
