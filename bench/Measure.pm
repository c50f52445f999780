package Measure;

# What the benchmarks measure processes with, and how they show it.

use strict;
use warnings;

use Exporter 'import';
use Trade::Process qw(slurp);

our @EXPORT_OK = qw(cpu median pids range ratio);

# CPU seconds of a process, 0 if it is dead.
sub cpu {
    my ($pid) = @_;
    -e "/proc/$pid/stat" or return 0;
    my @f = split ' ', slurp("/proc/$pid/stat") =~ s/^.*\) //r;
    return ($f[11] + $f[12]) / 100;
}

# The processes that listen on a port.
sub pids {
    my ($port) = @_;
    return qx(ss -Hltnp sport = :$port) =~ /pid=(\d+)/g;
}

sub median { my @s = sort { $a <=> $b } @_; return $s[$#s / 2] }

# The median of the rounds, the least and the most; nothing without rounds.
sub range {
    my @all = sort { $a <=> $b } @_ or return;
    return (median(@all), @all[0, -1]);
}

# The same as text.
sub ratio { return @_ ? sprintf '%.2f (%.2f to %.2f)', range(@_) : '?' }

1;
