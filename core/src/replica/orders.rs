//! Work orders on this device.
