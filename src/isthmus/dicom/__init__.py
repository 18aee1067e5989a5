"""The DICOM standard, in and out: frames and millimetres from files, reports and pictures to files. No torch."""
