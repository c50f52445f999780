package Trade::Nemesis::Disk;

# Disks that are full: of a shard, of the broker, of nginx's request bodies.
# They are small file systems of the run's own (Trade::Torture), where we may mount.

use strict;
use warnings;

use Trade::Nemesis::Redis;
use Trade::Process qw(wait_for);

our %all = (
    'disk-redis' => sub {
        my ($w) = @_;
        my $r = $w->{shards}{a};
        my $before = Trade::Nemesis::Redis::errors($r, 'MISCONF');
        my $file = fill($w->{disks}{'redis-a'});
        return sub {
            my $n = wait_for(sub {
                Trade::Nemesis::Redis::errors($r, 'MISCONF') - $before }, 10);
            unlink $file;
            return $n && wait_for(sub { $r->cmd('INFO', 'persistence')
                =~ /aof_last_write_status:ok/ }, 20) && "$n times MISCONF";
        };
    },

    # a broker that can't write ends
    'disk-kafka' => sub {
        my ($w) = @_;
        my ($k, $mark) = ($w->{kafka}, $w->mark);
        my $old = $k->pid;
        my $file = fill($w->{disks}{kafka});
        my $ended = $k->{process}->wait_end(30);
        return sub {
            my $accepted = $w->await($mark, '202');
            unlink $file;
            $k->start if $ended;
            return $ended && $accepted
                && "process $old ended, $accepted answers of 202";
        };
    },

    'disk-nginx' => sub {
        my ($w) = @_;
        my $mark = $w->mark;
        my $file = fill($w->{disks}{nginx});
        return sub {
            my $n = $w->await($mark, '500');
            unlink $file;
            return $n && "$n answers of 500";
        };
    },
);

# Takes all that is left of a file system.
sub fill {
    my ($dir) = @_;
    open my $f, '>', "$dir/full" or die "$dir/full: $!\n";
    for my $size (1 << 20, 1 << 12) {
        1 while syswrite $f, 'x' x $size;
    }
    close $f;
    return "$dir/full";
}

1;
