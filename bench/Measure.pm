package Measure;

# The gateway that the benchmarks measure, and the functions by which they measure
# processes and show figures.

use strict;
use warnings;

use Exporter 'import';
use Trade::Process qw(slurp);

our @EXPORT_OK = qw(cpu gateway median pids range ratio);

# gateway(test, Kafka, Redis ...): one that runs, with WORKERS workers.
sub gateway {
    my ($t, $kafka, @redis) = @_;
    my $name = 'a';
    my $servers = join ' ', map { "server $_ name=" . $name++ . ';' } map { $_->address } @redis;
    return $t->nginx(<<'EOF', SERVERS => $servers, KAFKA => $kafka->address, WORKERS => $ENV{WORKERS} // 1)->start;
%%GLOBALS%%
worker_processes %%WORKERS%%;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
    %%GLOBALS_HTTP%%
    access_log off;
    keepalive_requests 10000000;

    trade_zone main:16m;
    trade_redis stock {
        %%SERVERS%%
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_pending max=10000000;

    server {
        listen 127.0.0.1:%%PORT%% reuseport backlog=4096;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF
}

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
