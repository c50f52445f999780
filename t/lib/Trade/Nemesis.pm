package Trade::Nemesis;

# What befalls a gateway, by name.  A nemesis is called with the Trade::Torture
# it is to befall, begins, and returns what ends it; that returns the evidence
# that it had an effect, or nothing: then the run is void.
#
#   my $end = nemesis('redis-kill')->($torture);
#   ... some seconds of load ...
#   my $evidence = $end->();
#
# A loss has no end: loss('loss-flushall')->($torture).

use strict;
use warnings;

use Exporter 'import';
use List::Util qw(shuffle);
use Trade::Nemesis::Disk;
use Trade::Nemesis::Kafka;
use Trade::Nemesis::Lock;
use Trade::Nemesis::Loss;
use Trade::Nemesis::Net;
use Trade::Nemesis::Nginx;
use Trade::Nemesis::Redis;

our @EXPORT_OK = qw(nemesis names loss losses schedule);

my %all = (%Trade::Nemesis::Disk::all, %Trade::Nemesis::Kafka::all,
    %Trade::Nemesis::Lock::all, %Trade::Nemesis::Net::all,
    %Trade::Nemesis::Nginx::all, %Trade::Nemesis::Redis::all);

sub nemesis { my ($name) = @_; return $all{$name} // die "no nemesis $name\n" }

sub names { return sort keys %all }

sub loss { my ($name) = @_; return $Trade::Nemesis::Loss::all{$name} // die "no loss $name\n" }

sub losses { return sort keys %Trade::Nemesis::Loss::all }

# What befalls in so many windows: a list of lists of names.  Each of the names
# comes once before any comes again; every fourth window has two at once, of
# different servers; after every tenth there is calm: an empty list.
sub schedule {
    my ($seed, $windows, @names) = @_;
    srand $seed;
    my (@queue, @schedule);
    for my $n (1 .. $windows) {
        @queue = shuffle(sort @names) unless @queue;
        my @now = shift @queue;
        if ($n % 4 == 0) {
            my ($other) = grep { kind($queue[$_]) ne kind($now[0]) } 0 .. $#queue;
            push @now, splice @queue, $other, 1 if defined $other;
        }
        push @schedule, \@now, $n % 10 ? () : [];
    }
    return @schedule;
}

# The server that a nemesis befalls.
sub kind { my ($name) = @_; return $name =~ /^(?:disk-)?(\w+)/ ? $1 : '' }

1;
