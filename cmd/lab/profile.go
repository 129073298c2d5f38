package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
)

// profile begins a CPU profile, and writes it and one of allocations when the
// returned function is called. An empty name is a profile that is not wanted.
func profile(cpu, mem string) (end func() error, err error) {
	var f *os.File
	if cpu != "" {
		if f, err = os.Create(cpu); err != nil {
			return nil, fmt.Errorf("make CPU profile: %w", err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return nil, errors.Join(fmt.Errorf("start CPU profile: %w", err), f.Close())
		}
	}
	return func() error {
		var errs []error
		if f != nil {
			pprof.StopCPUProfile()
			errs = append(errs, f.Close())
		}
		if mem != "" {
			errs = append(errs, writeAllocations(mem))
		}
		return errors.Join(errs...)
	}, nil
}

func writeAllocations(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make profile of allocations: %w", err)
	}
	runtime.GC() // the heap that it shows is what is still used
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}
